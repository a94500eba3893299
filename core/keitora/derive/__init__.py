"""What follows from the samples: one pure fold, and the rows it makes."""
