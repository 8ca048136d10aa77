using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Spec;

/// <summary>config-linux.md#seccomp.</summary>
internal static unsafe class SeccompReader
{
    public static Seccomp Seccomp(ref JsonCursor json)
    {
        Seccomp seccomp = new();
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("defaultAction"u8)) seccomp.DefaultAction = json.String();
            else if (json.Is("defaultErrnoRet"u8)) seccomp.DefaultErrnoRet = json.UInt32();
            else if (json.Is("architectures"u8)) seccomp.Architectures = json.Strings();
            else if (json.Is("flags"u8)) seccomp.Flags = json.Strings();
            else if (json.Is("listenerPath"u8)) seccomp.ListenerPath = json.OptionalString();
            else if (json.Is("listenerMetadata"u8)) seccomp.ListenerMetadata = json.OptionalString();
            else if (json.Is("syscalls"u8)) seccomp.Syscalls = json.Array(&Rule);
            else json.Other(ref at);
        }
        return seccomp;
    }

    private static SeccompRule Rule(ref JsonCursor json)
    {
        SeccompRule rule = new();
        string[]? names = null;
        string? action = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("names"u8)) names = json.Strings();
            else if (json.Is("action"u8)) action = json.String();
            else if (json.Is("errnoRet"u8)) rule.ErrnoRet = json.UInt32();
            else if (json.Is("args"u8)) rule.Args = json.Array(&Argument);
            else json.Other(ref at);
        }
        rule.Names = names ?? throw json.Missing(at, "names");
        rule.Action = action ?? throw json.Missing(at, "action");
        return rule;
    }

    public static SeccompArg Argument(ref JsonCursor json)
    {
        uint? index = null;
        ulong? value = null;
        ulong valueTwo = 0;
        string? op = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("index"u8)) index = json.UInt32();
            else if (json.Is("value"u8)) value = json.UInt64();
            else if (json.Is("valueTwo"u8)) valueTwo = json.UInt64();
            else if (json.Is("op"u8)) op = json.String();
            else json.Other(ref at);
        }
        return new SeccompArg(
            index ?? throw json.Missing(at, "index"), value ?? throw json.Missing(at, "value"), valueTwo, op ?? throw json.Missing(at, "op"));
    }
}
