"""How gunicorn runs the portal; everything that differs between hospitals comes from the environment."""

import os

bind = os.environ.get("PH_BIND", "127.0.0.1:8000")
# Rule of thumb: as many processes as cores, and threads because most of a booking is waiting for HIS and WeChat.
workers = int(os.environ.get("PH_WEB_WORKERS", "2"))
threads = int(os.environ.get("PH_WEB_THREADS", "4"))
worker_class = "gthread"

# Loaded once and shared by the processes: a faster start and less memory.
preload_app = True
# Recycled now and then, not all at once, so that a slow leak in any library never matters.
max_requests = 5000
max_requests_jitter = 500

# The longest answer waits for HIS and then for WeChat Pay, each with its own time limit.
timeout = 60
graceful_timeout = 20
keepalive = 5

# Whose X-Forwarded-* headers count: the front server's.
forwarded_allow_ips = os.environ.get("PH_FORWARDED_IPS", "127.0.0.1")

# Heartbeat files in memory: a slow disk must not look like a hanging process.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - shared memory, not a file
control_socket_disable = True

# Method, path without query, status, bytes, milliseconds: no address of a person, no parameter.
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s %(B)s %(M)sms"
errorlog = "-"
