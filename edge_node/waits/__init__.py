"""How well waiting times are told: the yardstick on ticket files, and teaching the trees the package ships with."""
