using System.Collections.Generic;
using System.Text;
using SharpRunc.Core;
using SharpRunc.Core.Explaining;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Core.State;
using SharpRunc.Linux;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class SeccompCommand
{
    public static readonly Command Command = new("seccomp", "compile|explain|check|diff <profile> ...", "show what a seccomp profile does")
    {
        Description =
            "A profile is a bundle's directory, a config.json, its linux.seccomp alone, or a profile as Docker, Podman and containerd "
            + "store it; - is stdin.\n"
            + "An engine's profile is resolved as the engine would, for the machine, the kernel and the capabilities that the flags name.",
        MaxArguments = -1,
        Subcommands =
            [SeccompCompileCommand.Command, SeccompExplainCommand.Command, SeccompCheckCommand.Command, SeccompDiffCommand.Command],
        Run = static (_, given)
            => throw new ContainerException(
                ErrorCode.UsageValue, $"no seccomp command \"{given.Arguments[0]}\": compile, explain, check or diff"),
    };
}

internal static class SeccompCompileCommand
{
    private const uint FileMode = 0x1B6; // 0666, reduced by the umask

    public static readonly Command Command = new("seccomp compile", "<profile>", "print the BPF program of a profile")
    {
        Description =
            "A listing names the system calls behind the numbers. hex has one line per instruction: code, jt, jf and k. raw is the struct "
            + "sock_filter[] that\n"
            + "seccomp(2) takes, in this machine's byte order.",
        Flags =
        [
            new("format", 'f', FlagKind.Text, "listing, hex or raw", "listing") { Choices = ["listing", "hex", "raw"] },
            new("output", 'o', FlagKind.Path, "the file to write", "stdout"),
            .. SeccompProfile.Flags,
        ],
        Run = Run,
    };

    private static int Run(RuntimeContext context, Invocation given)
    {
        ProfileEvaluator evaluator = SeccompProfile.Evaluator(context, given.Arguments[0], SeccompProfile.Host(given));
        byte[] compiled = given.Is("json") ? CompiledText.Json(evaluator) : given.Text("format") switch
        {
            null or "listing" => Encoding.UTF8.GetBytes(AnnotatedListing.Write(evaluator)),
            "hex" => Encoding.UTF8.GetBytes(CompiledText.Hex(evaluator.Program)),
            "raw" => evaluator.Program.Instructions,
            var format => throw new ContainerException(ErrorCode.UsageValue, $"invalid format \"{format}\": listing, hex or raw"),
        };
        if (!given.Is("json"))
            foreach (string warning in evaluator.Program.Warnings)
                context.Warn(warning);
        if (given.Text("output") is not { Length: > 0 } path)
            return Output.Write(compiled);
        using Fd file = TrustedPath.TryOpenFile(path, "--output", O_WRONLY | O_CREAT | O_TRUNC, FileMode, out SysError error)
            ?? throw error.ToException();
        Sys.Write(file, compiled, path);
        return 0;
    }
}

internal static class SeccompExplainCommand
{
    private const string Usage = "<profile> <syscall> [argument...]";

    private const string Summary = "show what a profile decides for a system call, and by which rule";

    public static readonly Command Command = new("seccomp explain", Usage, Summary)
    {
        Description =
            "The system call is a name, or a number as the kernel shows it to a filter. Arguments are decimal, 0x hexadecimal, 0 octal or "
            + "negative; _ is\n"
            + "unknown, and so are missing ones: then the conditions that decide are listed in the order in which they are tried.",
        MinArguments = 2,
        MaxArguments = 8,
        Flags =
        [
            new("for", '\0', FlagKind.Repeated, "only this architecture, which need not be listed", "those that the profile lists")
            {
                Choices = ArchitectureName.All(),
            },
            .. SeccompProfile.Flags,
        ],
        Run = Run,
    };

    private static int Run(RuntimeContext context, Invocation given)
    {
        ulong?[] arguments = Argument.ParseAll([.. given.Arguments[2..]]);
        List<Architecture> asked = given.All("for").ConvertAll(ArchitectureName.Require);
        Host host = SeccompProfile.Host(given);
        ProfileDocument profile = SeccompProfile.Read(context, given.Arguments[0], host);
        if (profile.Seccomp.IsEmpty)
            return WriteUnfiltered(given);
        ProfileEvaluator evaluator = new(profile, host.Native);
        if (asked.Count == 0)
            asked = evaluator.Profile.Architectures.ConvertAll(static rules => rules.Architecture);
        Explanation explanation = Explanation.Explain(evaluator, given.Arguments[1], arguments, asked);
        if (given.Is("json"))
            return Output.Write(ExplanationJson.Write(explanation, evaluator));
        return Output.Write(ExplanationText.Write(explanation, evaluator));
    }

    private static int WriteUnfiltered(Invocation given)
    {
        const string Note = "the profile is empty: no filter is loaded, and every call is allowed";
        return given.Is("json")
            ? Output.Write(ExplanationJson.Unfiltered(given.Arguments[1], Note))
            : Output.Write(Note + "\n");
    }
}

internal static class SeccompCheckCommand
{
    /// <summary>The exit status when the profile could not be checked.</summary>
    private const int Trouble = 2;

    public static readonly Command Command = new("seccomp check", "<profile>", "look for mistakes in a profile")
    {
        Description =
            "Errors: the profile is invalid, the container cannot start, or this kernel lacks what it asks for. Warnings: it does not do "
            + "what it seems to,\n"
            + "as with unknown system calls and rules that never decide. Notes: it could be shorter.\n"
            + "The exit status is 1 if there is an error (with --strict: or a warning), 2 if the profile cannot be read, otherwise 0.",
        Flags = [new("strict", '\0', FlagKind.Switch, "warnings count as errors"), .. SeccompProfile.Flags],
        FailureCode = Trouble,
        UsageCode = Trouble,
        Run = Run,
    };

    private static int Run(RuntimeContext context, Invocation given)
    {
        Host host = SeccompProfile.Host(given);
        ProfileDocument profile = SeccompProfile.Read(context, given.Arguments[0], host);
        Findings findings = ProfileCheck.Run(profile, host.Native, KernelSupport.OfThisKernel);
        if (given.Is("json"))
            Output.Write(FindingsText.Json(findings));
        else
            Output.Write(FindingsText.Write(findings));
        return findings.HasErrors || given.Is("strict") && findings.Count(Severity.Warning) > 0 ? 1 : 0;
    }
}

internal static class SeccompDiffCommand
{
    private const int Different = 1, Trouble = 2;

    private const string Summary = "show what a second profile decides differently from a first";

    public static readonly Command Command = new("seccomp diff", "<profile> <profile>", Summary)
    {
        Description =
            "Decisions are compared, not texts: rules that are written differently but decide the same are not a difference. "
            + "Calls that both profiles leave to\n"
            + "their default are not listed if only the default differs.\n"
            + "The exit status is 0 if nothing differs, 1 if something does, 2 if a profile cannot be read.",
        MinArguments = 2,
        MaxArguments = 2,
        FailureCode = Trouble,
        UsageCode = Trouble,
        Flags = SeccompProfile.Flags,
        Run = Run,
    };

    private static int Run(RuntimeContext context, Invocation given)
    {
        Host host = SeccompProfile.Host(given);
        ProfileEvaluator first = SeccompProfile.Evaluator(context, given.Arguments[0], host);
        ProfileEvaluator second = SeccompProfile.Evaluator(context, given.Arguments[1], host);
        ProfileDifference difference = ProfileDifference.Compare(first, second);
        if (given.Is("json"))
            Output.Write(DifferenceJson.Write(difference, first, second));
        else
            Output.Write(DifferenceText.Write(difference, first));
        return difference.IsNone ? 0 : Different;
    }
}

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
            ?? throw ContainerException.From(ErrorCode.UsageFile, error.On(path), "cannot open the profile");

    public static ProfileEvaluator Evaluator(RuntimeContext context, string path, Host host) => new(Read(context, path, host), host.Native);

    private static ProfileDocument Read(RuntimeContext context, Fd opened, string file, Host host)
    {
        ReaderNotes notes = new() { WantsUnknown = context.Debug };
        ProfileDocument document = ProfileReader.Read(file, Sys.ReadAll(opened, file, ProfileReader.MaxBytes + 1), host, notes);
        context.Report(notes);
        return document;
    }
}
