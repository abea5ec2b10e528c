"""The annual report to Congress: texts for its elements, frozen snapshots, builds and their files."""
