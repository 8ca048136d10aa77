using System;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Core.Validation;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Lifecycle;

/// <summary>bundle.md: a directory with config.json, which is read and validated before anything is created.</summary>
internal sealed record Bundle
{
    private const string ConfigFile = "config.json";

    /// <summary>One more than the reader accepts, so that the reader reports the error.</summary>
    private const int MaxBytes = (16 << 20) + 1;

    /// <summary>Absolute.</summary>
    public required string Path { get; init; }

    /// <summary>As it takes effect: with the maps of a user namespace by path, and each mount in the specification's spelling.</summary>
    public required Config Config { get; init; }

    /// <summary>config.json as it was read.</summary>
    private byte[] Json { get; init; } = [];

    /// <summary>Where the rules of seccomp are in it.</summary>
    private Range Rules { get; init; }

    /// <summary>Absolute path of the root file system.</summary>
    public required string Rootfs { get; init; }

    /// <summary>A user namespace by path: the one whose maps the config has. null: there is none.</summary>
    public Fd? JoinedUser { get; init; }

    /// <summary>Makes the bundle the working directory: relative paths in its config, and hooks, are resolved from there.</summary>
    /// <param name="path">null: the working directory.</param>
    public static Bundle Load(RuntimeContext context, string? path, bool noPivot)
    {
        if (path is not null)
            Enter(path);
        string bundle = Sys.GetCwd();
        byte[] json = ReadFile();
        ReaderNotes notes = new() { WantsUnknown = context.Debug };
        Config read = ConfigReader.Read(json, notes);
        EngineAnnotations.Check(read, notes.Warnings, notes.Unknown);
        context.Report(notes);
        ValidationContext rules = new() { NoPivot = noPivot, Unprivileged = context.Euid != 0, HostNetwork = NamesHostNetwork(read) };
        string root = read.Root?.Path ?? "", rootfs = root.StartsWith('/') ? root : $"{bundle}/{root}";
        Config config = read with { Linux = JoinedMaps.Read(read.Linux, out Fd? user) };
        config = config with { Mounts = MountDestinations.Strip(InlineIdMaps.Expand(config), Paths.Absolute(rootfs)) };
        config = ConfigRules.Check(config, rules);
        foreach (string warning in rules.Warnings)
            context.Warn(warning);
        Steps.Log($"bundle {bundle}: config.json of {json.Length} bytes, version {config.OciVersion}, "
            + $"root {root}{(config.Root!.Readonly ? ", read-only" : "")}");
        return new()
        {
            Path = bundle,
            Config = config,
            Json = json,
            Rules = notes.SeccompRules,
            Rootfs = RequireDirectory(rootfs),
            JoinedUser = user,
        };
    }

    /// <summary>
    /// config.json as later commands read it: without the rules of seccomp, which are most of an engine's config, and kept compiled.
    /// </summary>
    public ReadOnlySpan<byte> KeptJson()
    {
        ReadOnlySpan<byte> json = Json;
        return Rules.Equals(default) ? json : (byte[])[.. json[..Rules.Start.Value], .. "[]"u8, .. json[Rules.End.Value..]];
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
            throw ContainerException.From(e, "cannot enter the bundle");
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
            throw new ContainerException($"JSON specification file {ConfigFile} not found") { Errno = ENOENT };
        }
    }

    /// <summary>config.md#root: "a directory MUST exist at the path declared by the field".</summary>
    private static string RequireDirectory(string path)
    {
        using Fd? root = Sys.TryOpenAt(Fd.Cwd, path, O_PATH | O_DIRECTORY, out SysError error);
        if (root is null)
            throw ContainerException.From(error, "the root file system must be a directory", "/root/path");
        return Paths.Absolute(path);
    }
}
