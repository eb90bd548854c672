"""Real days of municipal offices lived again through our queue: their arrivals, their desks, our rule."""
