# Pocket Hospital（掌上医院）. `make help` lists every target; the work is done by deploy/launcher (standard library only).
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run reset install test check bench bench-pages guide-pictures format clean

LAUNCH = python=$$(deploy/find-python) || exit 1; exec "$$python" -m deploy.launcher

help: ## 列出所有命令 (this list)
	@echo '用法: make <命令>    例如: make run PORT=8080 SANDBOX_PORT=8081'
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 17

run: ## 启动演示医院: 门户、沙箱、后台任务, Ctrl-C 全部停止; PORT / SANDBOX_PORT 选端口 (start the demonstration)
	@$(LAUNCH) run

reset: ## 重新开始: 删除 var/ 里的数据库、密钥和日志, 不询问 (start over, asks nothing)
	@$(LAUNCH) reset

install: ## 只准备 .venv, 不启动 (create the virtual environment only)
	@$(LAUNCH) install

test: ## 全部测试, 含浏览器测试与三种数据库; ARGS="-k 名称" 传给 pytest (the whole suite)
	@$(LAUNCH) test $(ARGS)

check: ## 静态检查: ruff, mypy, import-linter, djhtml, curlylint, 迁移, check --deploy (static checks)
	@$(LAUNCH) check

bench: ## 性能测试, 输出表格与 JSON; ARGS 传给 bench (benchmarks)
	@$(LAUNCH) bench $(ARGS)

bench-pages: ## 只测页面: 缓存各层、nginx、编辑器、数据增长 (goals P1–P4, E1, G1)
	@$(LAUNCH) bench --pages --full --json var/bench-pages.json $(ARGS)

guide-pictures: ## 重拍使用指南里的图 (docs/guide/images); ARGS="desk login" 只拍几张 (pictures of the guide)
	@$(LAUNCH) guide-pictures $(ARGS)

format: ## 按统一格式整理 Python 代码 (ruff: fix and format)
	@$(LAUNCH) format

clean: ## 删除缓存与 .venv, 保留 var/ (remove caches and the virtual environment, keep the data)
	@$(LAUNCH) clean
