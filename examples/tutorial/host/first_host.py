from hostspec import HookCalls, load_plugins, make_manager


def first_host():
    manager = make_manager()
    plugins = load_plugins(manager)
    return plugins.loaded, HookCalls(manager).connection_types().items
