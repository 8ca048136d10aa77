using SharpRunc.Core;
using SharpRunc.Core.Explaining;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Linux;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

/// <summary>Shared by the seccomp commands: which profile, and for which machine.</summary>
internal static class SeccompProfile
{
    private const string ConfigFile = "config.json";

    public static readonly Flag[] Flags =
    [
        new("arch", '\0', FlagKind.Text, "architecture of the machine, such as SCMP_ARCH_AARCH64 or aarch64", "this machine's")
        {
            Choices = ArchitectureName.All(),
        },
        new("cap", '\0', FlagKind.Repeated,
            "a capability of the container, which an engine's profile may ask for: CAP_..., ALL or NONE", "what Docker gives"),
        new("kernel", '\0', FlagKind.Text, "kernel version for an engine's profile: 6.1", "this machine's"),
        new("json", '\0', FlagKind.Switch, "print JSON"),
    ];

    public static Host Host(Invocation given)
    {
        string kernel = given.Text("kernel") ?? Sys.KernelRelease();
        return Core.Explaining.Host.From(given.Text("arch"), [.. given.All("cap")], kernel);
    }

    /// <summary>A directory is taken for a bundle.</summary>
    public static ProfileDocument Read(RuntimeContext context, string path, Host host)
    {
        if (path == "-")
            // Standard input belongs to the caller and must stay open.
            return Read(context, Fd.Borrow(0), "stdin", host);
        using Fd named = Open(Fd.Cwd, path, path);
        if (!Inode.Of(named, path).IsDirectory)
            return Read(context, named, path, host);
        string file = $"{path.TrimEnd('/')}/{ConfigFile}";
        using Fd config = Open(named, ConfigFile, file);
        return Read(context, config, file, host);
    }

    private static Fd Open(Fd directory, string name, string path)
        => Sys.TryOpenAt(directory, name, O_RDONLY, out SysError error)
            ?? throw ContainerException.From(error.On(path), "cannot open the profile");

    public static ProfileEvaluator Evaluator(RuntimeContext context, string path, Host host) => new(Read(context, path, host), host.Native);

    private static ProfileDocument Read(RuntimeContext context, Fd opened, string file, Host host)
    {
        ReaderNotes notes = new() { WantsUnknown = context.Debug };
        ProfileDocument document = ProfileReader.Read(file, Sys.ReadAll(opened, file, ProfileReader.MaxBytes + 1), host, notes);
        context.Report(notes);
        return document;
    }
}
