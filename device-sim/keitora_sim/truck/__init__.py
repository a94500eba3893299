"""A truck as a physical thing: road, driver, engine or motor, battery, and what its sensors make of it."""
