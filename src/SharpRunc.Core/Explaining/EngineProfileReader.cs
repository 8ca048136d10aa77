using System.Globalization;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Explaining;

/// <summary>Reads an <see cref="EngineProfile"/>; a bare linux.seccomp is one without restrictions.</summary>
internal static unsafe class EngineProfileReader
{
    /// <summary>Reads the property at the cursor; if it does not belong to a profile, returns false and reads nothing.</summary>
    public static bool Property(ref JsonCursor json, EngineProfile profile)
    {
        if (json.Is("defaultAction"u8)) profile.DefaultAction = json.String();
        else if (json.Is("defaultErrnoRet"u8)) profile.DefaultErrnoRet ??= json.UInt32();
        else if (json.Is("defaultErrno"u8)) profile.DefaultErrnoRet = Errno(ref json) ?? profile.DefaultErrnoRet;
        else if (json.Is("architectures"u8)) profile.Architectures = json.Strings();
        else if (json.Is("archMap"u8)) profile.ArchMap = json.Array(&Architecture);
        else if (json.Is("flags"u8)) profile.Flags = json.Strings();
        else if (json.Is("listenerPath"u8)) profile.ListenerPath = json.OptionalString();
        else if (json.Is("listenerMetadata"u8)) profile.ListenerMetadata = json.OptionalString();
        else if (json.Is("syscalls"u8)) profile.Rules = json.Array(&Rule);
        else return false;
        return true;
    }

    private static EngineArchitecture Architecture(ref JsonCursor json)
    {
        string? name = null;
        string[] others = [];
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("architecture"u8)) name = json.String();
            else if (json.Is("subArchitectures"u8)) others = json.Strings();
            else json.SkipUnknown(ref at);
        }
        return new(name ?? throw json.Missing(at, "architecture"), others);
    }

    private static EngineRule Rule(ref JsonCursor json)
    {
        EngineFilter includes = new(), excludes = new();
        SeccompArg[] args = [];
        string[]? names = null;
        string? name = null, action = null;
        uint? named = null, errnoRet = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("names"u8)) names = json.Strings();
            else if (json.Is("name"u8)) name = json.OptionalString();
            else if (json.Is("action"u8)) action = json.String();
            else if (json.Is("errnoRet"u8)) errnoRet = json.UInt32();
            else if (json.Is("errno"u8)) named = Errno(ref json);
            else if (json.Is("args"u8)) args = json.Array(&SeccompReader.Argument);
            else if (json.Is("includes"u8)) includes = Filter(ref json);
            else if (json.Is("excludes"u8)) excludes = Filter(ref json);
            else json.SkipUnknown(ref at);
        }
        if (name is not null && names is { Length: > 0 })
            throw json.NotAllowed(at, "name and names are mutually exclusive");
        return new()
        {
            Rule = new()
            {
                Names = name is not null ? [name] : names ?? throw json.Missing(at, "names"),
                Action = action ?? throw json.Missing(at, "action"),
                ErrnoRet = named ?? errnoRet, // Podman's profiles have both: the name is for people, and wins
                Args = args,
            },
            HasOldName = name is not null,
            Includes = includes,
            Excludes = excludes,
        };
    }

    private static EngineFilter Filter(ref JsonCursor json)
    {
        EngineFilter filter = new();
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("caps"u8)) filter.Caps = json.Strings();
            else if (json.Is("arches"u8)) filter.Arches = json.Strings();
            else if (json.Is("minKernel"u8)) filter.MinKernel = json.OptionalString();
            else json.SkipUnknown(ref at);
        }
        return filter;
    }

    /// <summary>A name, or a number in a string; "" means none.</summary>
    private static uint? Errno(ref JsonCursor json)
    {
        if (json.OptionalString() is not { } text)
            return null;
        return ErrnoName.Number(text) ?? (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number
            : throw json.Expected("an errno name"));
    }
}
