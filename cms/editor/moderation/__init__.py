"""What departments write waits for the publicity office: submit, compare, approve or return."""
