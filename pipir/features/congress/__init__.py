"""What Congress asked and was told: briefings, congressional contacts, and promises made to Congress."""
