"""Who carries short messages outside this house: a driver of a provider's API, and a simulator to try it with."""
