"""What people see: a router, pages that hold only interface, and `app_data`, the only queries."""
