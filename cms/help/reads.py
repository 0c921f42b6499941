"""How often answers are read: counted as articles are, at no write per view."""

from cms.articles.reads import Book, Counter, flushed_at_exit

ANSWERS = Book("help.HelpPage", "help.HelpReads")

counter = flushed_at_exit(Counter(book=ANSWERS))
