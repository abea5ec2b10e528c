"""Technical exchanges: visits and exchanges of experts that hang on a group or a project."""
