"""Pages for people: public pages and installation."""
