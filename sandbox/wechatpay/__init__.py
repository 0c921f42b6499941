"""WeChat Pay API v3 in public-key mode: orders, refunds, bills, notices, and a cashier page for any browser."""
