using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Spec;

/// <summary>
/// Reads JSON into the records. Unknown properties (config.md#extensibility) and the objects of other platforms are ignored, and null means
/// "not set". Any other deviation from the specification is a <see cref="ContainerException"/> with line, column and JSON pointer. Checks
/// that involve two properties are left to Validation.
/// </summary>
internal static unsafe class ConfigReader
{
    /// <summary>Longer documents are refused.</summary>
    public const int MaxBytes = JsonCursor.MaxBytes;

    /// <summary>A bundle's config.json.</summary>
    public static Config Read(ReadOnlySpan<byte> utf8Json, ReaderNotes? notes = null)
    {
        JsonCursor json = new("config.json", utf8Json, notes);
        Config config = Config(ref json);
        json.End();
        return config;
    }

    /// <summary>The process.json of exec: only config.md#process.</summary>
    /// <param name="name">The document's name in messages.</param>
    public static Process ReadProcess(ReadOnlySpan<byte> utf8Json, ReaderNotes? notes = null, string name = "process.json")
    {
        JsonCursor json = new(name, utf8Json, notes);
        Process process = ProcessReader.Process(ref json);
        json.End();
        return process;
    }

    /// <summary>The resources of update: only config-linux.md#control-groups.</summary>
    /// <param name="name">The document's name in messages.</param>
    public static Resources ReadResources(ReadOnlySpan<byte> utf8Json, ReaderNotes? notes = null, string name = "resources.json")
    {
        JsonCursor json = new(name, utf8Json, notes);
        Resources resources = ResourcesReader.Resources(ref json);
        json.End();
        return resources;
    }

    private static Config Config(ref JsonCursor json)
    {
        string? version = null;
        Process? process = null;
        Root? root = null;
        string? hostname = null, domainname = null;
        Mount[] mounts = [];
        Hooks hooks = new();
        KeyValuePair<string, string>[] annotations = [];
        Linux linux = new();
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("ociVersion"u8)) version = json.String();
            else if (json.Is("process"u8)) process = ProcessReader.Process(ref json);
            else if (json.Is("root"u8)) root = Root(ref json);
            else if (json.Is("hostname"u8)) hostname = json.OptionalString();
            else if (json.Is("domainname"u8)) domainname = json.OptionalString();
            else if (json.Is("mounts"u8)) mounts = json.Array(&Mount);
            else if (json.Is("hooks"u8)) hooks = HooksReader.Hooks(ref json);
            else if (json.Is("annotations"u8)) annotations = json.StringMap();
            else if (json.Is("linux"u8)) linux = LinuxReader.Linux(ref json);
            else if (json.Is("freebsd"u8)) FreeBsdReader.FreeBsd(ref json);
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            OciVersion = version ?? throw json.Missing(at, "ociVersion"),
            Root = root,
            Mounts = mounts,
            Process = process,
            Hostname = hostname,
            Domainname = domainname,
            Hooks = hooks,
            Annotations = annotations,
            Linux = linux,
        };
    }

    private static Root Root(ref JsonCursor json)
    {
        string? path = null;
        bool isReadonly = false;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("path"u8)) path = json.String();
            else if (json.Is("readonly"u8)) isReadonly = json.Boolean();
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Path = path ?? throw json.Missing(at, "path"),
            Readonly = isReadonly,
        };
    }

    private static Mount Mount(ref JsonCursor json)
    {
        string? destination = null;
        string? type = null, source = null;
        string[] options = [];
        IdMapping[] uidMappings = [], gidMappings = [];
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("destination"u8)) destination = json.String();
            else if (json.Is("type"u8)) type = json.OptionalString();
            else if (json.Is("source"u8)) source = json.OptionalString();
            else if (json.Is("options"u8)) options = json.Strings();
            else if (json.Is("uidMappings"u8)) uidMappings = json.Array(&IdMapping);
            else if (json.Is("gidMappings"u8)) gidMappings = json.Array(&IdMapping);
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Destination = destination ?? throw json.Missing(at, "destination"),
            Type = type,
            Source = source,
            Options = options,
            UidMappings = uidMappings,
            GidMappings = gidMappings,
        };
    }

    /// <summary>config-linux.md#user-namespace-mappings.</summary>
    public static IdMapping IdMapping(ref JsonCursor json)
    {
        uint? containerId = null, hostId = null, size = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("containerID"u8)) containerId = json.Id();
            else if (json.Is("hostID"u8)) hostId = json.Id();
            else if (json.Is("size"u8)) size = json.UInt32();
            else json.SkipUnknown(ref at);
        }
        return new IdMapping(
            containerId ?? throw json.Missing(at, "containerID"),
            hostId ?? throw json.Missing(at, "hostID"),
            size ?? throw json.Missing(at, "size"));
    }
}

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

/// <summary>
/// config-freebsd.md. None of it applies on Linux, but config.md#valid-values covers it too: an undefined sharing mode for a jail makes the
/// config invalid on every platform.
/// </summary>
internal static class FreeBsdReader
{
    public static void FreeBsd(ref JsonCursor json)
    {
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("jail"u8)) Jail(ref json);
            else json.SkipUnknown(ref at);
        }
    }

    private static void Jail(ref JsonCursor json)
    {
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("host"u8) || json.Is("vnet"u8))
                Sharing(ref json, canDisable: false);
            else if (json.Is("ip4"u8) || json.Is("ip6"u8))
                Sharing(ref json, canDisable: true);
            else if (json.Is("sysvmsg"u8) || json.Is("sysvsem"u8) || json.Is("sysvshm"u8))
                Sharing(ref json, canDisable: true);
            else json.SkipUnknown(ref at);
        }
    }

    private static void Sharing(ref JsonCursor json, bool canDisable)
    {
        if (json.String() is not ("" or "new" or "inherit") and var mode && !(canDisable && mode == "disable"))
            throw json.Expected(canDisable ? "one of disable, new, inherit" : "one of new, inherit");
    }
}
