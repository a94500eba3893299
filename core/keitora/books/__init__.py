"""The fold's books: the samples it reads, the rules it goes by, what it remembers, the rows it makes."""
