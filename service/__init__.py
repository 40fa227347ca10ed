"""The composition root: settings, application, worker, scheduler and command line."""
