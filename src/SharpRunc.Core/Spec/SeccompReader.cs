using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Spec;

/// <summary>config-linux.md#seccomp.</summary>
internal static unsafe class SeccompReader
{
    public static Seccomp Seccomp(ref JsonCursor json)
    {
        string defaultAction = "";
        uint? defaultErrnoRet = null;
        string[] architectures = [];
        string[]? flags = null;
        string? listenerPath = null, listenerMetadata = null;
        SeccompRule[] syscalls = [];
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("defaultAction"u8)) defaultAction = json.String();
            else if (json.Is("defaultErrnoRet"u8)) defaultErrnoRet = json.UInt32();
            else if (json.Is("architectures"u8)) architectures = json.Strings();
            else if (json.Is("flags"u8)) flags = json.Strings();
            else if (json.Is("listenerPath"u8)) listenerPath = json.OptionalString();
            else if (json.Is("listenerMetadata"u8)) listenerMetadata = json.OptionalString();
            else if (json.Is("syscalls"u8)) syscalls = json.NotedRules(&Rule);
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            DefaultAction = defaultAction,
            DefaultErrnoRet = defaultErrnoRet,
            Architectures = architectures,
            Flags = flags,
            ListenerPath = listenerPath,
            ListenerMetadata = listenerMetadata,
            Syscalls = syscalls,
        };
    }

    private static SeccompRule Rule(ref JsonCursor json)
    {
        string[]? names = null;
        string? action = null;
        uint? errnoRet = null;
        SeccompArg[] args = [];
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("names"u8)) names = json.Strings();
            else if (json.Is("action"u8)) action = json.String();
            else if (json.Is("errnoRet"u8)) errnoRet = json.UInt32();
            else if (json.Is("args"u8)) args = json.Array(&Argument);
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Names = names ?? throw json.Missing(at, "names"),
            Action = action ?? throw json.Missing(at, "action"),
            ErrnoRet = errnoRet,
            Args = args,
        };
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
            else json.SkipUnknown(ref at);
        }
        uint givenIndex = index ?? throw json.Missing(at, "index");
        ulong givenValue = value ?? throw json.Missing(at, "value");
        return new SeccompArg(givenIndex, givenValue, valueTwo, op ?? throw json.Missing(at, "op"));
    }
}
