"""Technical exchanges: visits and exchanges of experts, which hang on a group or a project."""
