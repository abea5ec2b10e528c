"""Projects of the Partnership with their partners and milestones, and related efforts that are none of its projects."""
