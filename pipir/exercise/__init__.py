"""The exercise program: invented persons, projects and money over the real statute, marked wherever they stand."""
