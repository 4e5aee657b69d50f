"""Jobs, attempts and leases: who may work on what right now; ignorant of what the work is."""
