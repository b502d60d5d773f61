from hostspec import HookCalls, load_plugins, make_manager


def first_host():
    manager = make_manager()
    plugins = load_plugins(manager)
    return plugins.loaded, [tab.title for tab in HookCalls(manager).tabs()]


if __name__ == "__main__":
    print(*first_host())
