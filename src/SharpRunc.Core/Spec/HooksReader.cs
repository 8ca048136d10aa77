using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Spec;

/// <summary>config.md#posix-platform-hooks.</summary>
internal static unsafe class HooksReader
{
    public static Hooks Hooks(ref JsonCursor json)
    {
        Hooks hooks = new();
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("prestart"u8)) hooks.Prestart = json.Array(&Hook);
            else if (json.Is("createRuntime"u8)) hooks.CreateRuntime = json.Array(&Hook);
            else if (json.Is("createContainer"u8)) hooks.CreateContainer = json.Array(&Hook);
            else if (json.Is("startContainer"u8)) hooks.StartContainer = json.Array(&Hook);
            else if (json.Is("poststart"u8)) hooks.Poststart = json.Array(&Hook);
            else if (json.Is("poststop"u8)) hooks.Poststop = json.Array(&Hook);
            else json.Other(ref at);
        }
        return hooks;
    }

    private static Hook Hook(ref JsonCursor json)
    {
        Hook hook = new();
        string? path = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("path"u8)) path = json.String();
            else if (json.Is("args"u8)) hook.Args = json.Strings();
            else if (json.Is("env"u8)) hook.Env = json.Strings();
            else if (json.Is("timeout"u8)) hook.Timeout = json.Int32();
            else json.Other(ref at);
        }
        hook.Path = path ?? throw json.Missing(at, "path");
        return hook;
    }
}
