"""/control/slack: what a test or the page does as a person, an admin or the world."""
