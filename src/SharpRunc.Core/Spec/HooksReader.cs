using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Spec;

/// <summary>config.md#posix-platform-hooks.</summary>
internal static unsafe class HooksReader
{
    public static Hooks Hooks(ref JsonCursor json)
    {
        Hook[] prestart = [], createRuntime = [], createContainer = [], startContainer = [], poststart = [], poststop = [];
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("prestart"u8)) prestart = json.Array(&Hook);
            else if (json.Is("createRuntime"u8)) createRuntime = json.Array(&Hook);
            else if (json.Is("createContainer"u8)) createContainer = json.Array(&Hook);
            else if (json.Is("startContainer"u8)) startContainer = json.Array(&Hook);
            else if (json.Is("poststart"u8)) poststart = json.Array(&Hook);
            else if (json.Is("poststop"u8)) poststop = json.Array(&Hook);
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Prestart = prestart,
            CreateRuntime = createRuntime,
            CreateContainer = createContainer,
            StartContainer = startContainer,
            Poststart = poststart,
            Poststop = poststop,
        };
    }

    private static Hook Hook(ref JsonCursor json)
    {
        string? path = null;
        string[]? args = null, env = null;
        int? timeout = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("path"u8)) path = json.String();
            else if (json.Is("args"u8)) args = json.Strings();
            else if (json.Is("env"u8)) env = json.Strings();
            else if (json.Is("timeout"u8)) timeout = json.Int32();
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Path = path ?? throw json.Missing(at, "path"),
            Args = args,
            Env = env,
            Timeout = timeout,
        };
    }
}
