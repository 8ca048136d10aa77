using System;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Core.Validation;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>bundle.md: a directory with config.json, which is read and validated before anything is created.</summary>
internal sealed record Bundle
{
    private const string ConfigFile = "config.json";

    /// <summary>One more than the reader accepts, so that the reader reports the error.</summary>
    private const int MaxBytes = ConfigReader.MaxBytes + 1;

    /// <summary>Absolute.</summary>
    public required string Path { get; init; }

    /// <summary>As it takes effect: with the maps of a user namespace by path, and each mount in the specification's spelling.</summary>
    public required Config Config { get; init; }

    /// <summary>config.json as it was read.</summary>
    private byte[] Json { get; init; } = [];

    /// <summary>Where its rules of seccomp are.</summary>
    private Range SeccompRules { get; init; }

    /// <summary>Absolute path of the root file system.</summary>
    public required string Rootfs { get; init; }

    /// <summary>A user namespace by path: the one whose maps the config has. null: there is none.</summary>
    public Fd? JoinedUser { get; init; }

    /// <summary>Makes the bundle the working directory: relative paths in its config, and hooks, are resolved from there.</summary>
    /// <param name="path">null: the working directory.</param>
    public static Bundle Load(RuntimeContext context, string? path, bool noPivot)
    {
        Progress.Enter(Stage.Reading);
        byte[] json = ReadText(path, out string bundle);
        ReaderNotes notes = new() { WantsUnknown = context.Debug };
        Config read = Parse(json, notes);
        context.Report(notes);
        Progress.Enter(Stage.Checking);
        ValidationContext rules = RulesFor(context, read, noPivot);
        Config joined = read with { Linux = JoinedMaps.Read(read.Linux, out Fd? user) };
        Config config = Interpret(joined, bundle, rules);
        foreach (string warning in rules.Warnings)
            context.Warn(warning);
        Steps.Log($"bundle {bundle}: config.json of {json.Length} bytes, version {config.OciVersion}, "
            + $"root {config.Root!.Path}{(config.Root.Readonly ? ", read-only" : "")}");
        return new()
        {
            Path = bundle,
            Config = config,
            Json = json,
            SeccompRules = notes.SeccompRules,
            Rootfs = RequireDirectory(RootfsOf(config, bundle)),
            JoinedUser = user,
        };
    }

    /// <summary>Makes the bundle the working directory, and reads its config.json.</summary>
    /// <param name="path">null: the working directory.</param>
    public static byte[] ReadText(string? path, out string bundle)
    {
        if (path is not null)
            Enter(path);
        bundle = Sys.GetCwd();
        return ReadFile();
    }

    /// <summary>The config as it is written, if each value has its type.</summary>
    public static Config Parse(ReadOnlySpan<byte> json, ReaderNotes notes)
    {
        Config read = ConfigReader.Read(json, notes);
        EngineAnnotations.Check(read, notes.Warnings, notes.Unknown);
        return read;
    }

    public static ValidationContext RulesFor(RuntimeContext context, Config read, bool noPivot)
        => new() { NoPivot = noPivot, Unprivileged = context.Euid != 0, HostNetwork = NamesHostNetwork(read) };

    /// <summary>The config as it takes effect, if it breaks no rule.</summary>
    public static Config Interpret(Config read, string bundle, ValidationContext rules)
    {
        string rootfs = LexicalPath.Absolute(RootfsOf(read, bundle));
        return ConfigRules.Check(read with { Mounts = MountDestinations.Strip(InlineIdMaps.Expand(read), rootfs) }, rules);
    }

    private static string RootfsOf(Config config, string bundle)
    {
        string root = config.Root?.Path ?? "";
        return root.StartsWith('/') ? root : $"{bundle}/{root}";
    }

    /// <summary>
    /// config.json as later commands read it: without the rules of seccomp, which are most of an engine's config, and kept compiled.
    /// </summary>
    public ReadOnlySpan<byte> KeptJson()
    {
        ReadOnlySpan<byte> json = Json;
        return SeccompRules.Equals(default)
            ? json
            : (byte[])[.. json[..SeccompRules.Start.Value], .. "[]"u8, .. json[SeccompRules.End.Value..]];
    }

    /// <summary>
    /// Whether a network namespace by path is the runtime's own. Sysctls set in it would change the host, and devices moved to it would
    /// stay there.
    /// </summary>
    private static bool NamesHostNetwork(Config config)
    {
        if (config.Linux is { Sysctl.Length: 0, NetDevices.Length: 0 })
            return false;
        foreach (Namespace ns in config.Linux.Namespaces)
            if (ns is { Type: NamespaceType.Network, Path: { } path })
            {
                using Fd? named = Sys.TryOpenAt(Fd.Cwd, path, O_PATH, out _);
                using Fd? own = Sys.TryOpenAt(Fd.Cwd, "/proc/self/ns/net", O_PATH, out _);
                if (named is null || own is null)
                    return false;
                return Inode.Of(named, path).Number == Inode.Of(own, "own network namespace").Number;
            }
        return false;
    }

    private static void Enter(string path)
    {
        try
        {
            Sys.Chdir(path);
        }
        catch (SysException e)
        {
            throw ContainerException.From(ErrorCode.ConfigMissing, e, "cannot enter the bundle");
        }
    }

    private static byte[] ReadFile()
    {
        try
        {
            return InputFile.Read(ConfigFile, "JSON specification file", MaxBytes);
        }
        catch (SysException e) when (e.Errno == ENOENT)
        {
            throw new ContainerException(ErrorCode.ConfigMissing, $"JSON specification file {ConfigFile} not found") { Errno = ENOENT };
        }
    }

    /// <summary>config.md#root: "a directory MUST exist at the path declared by the field".</summary>
    public static string RequireDirectory(string path)
    {
        using Fd? root = Sys.TryOpenAt(Fd.Cwd, path, O_PATH | O_DIRECTORY, out SysError error);
        if (root is null)
            throw ContainerException.From(ErrorCode.RootMissing, error, "the root file system must be a directory", "/root/path");
        return LexicalPath.Absolute(path);
    }
}
