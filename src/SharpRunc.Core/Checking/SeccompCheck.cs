using SharpRunc.Core.Explaining;
using SharpRunc.Core.Seccomp;
using SharpRunc.Linux;

namespace SharpRunc.Core.Checking;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The errors of `seccomp check`: what this kernel does not support, and calls of the runtime itself that the profile stops. Its warnings
/// and notes are about the profile's style, and engines' profiles are full of them.
/// </summary>
internal static class SeccompCheck
{
    public static void Run(HostFindings found)
    {
        if (found.Config.Linux.Seccomp is not { } profile)
            return;
        ContainerFacts facts = new(found.Config.Process is not null, found.Config.Process is { NoNewPrivileges: true },
            found.Config.Hooks.StartContainer.Length > 0);
        ProfileDocument document = new("config.json", "/linux/seccomp", profile) { Container = facts };
        foreach (Finding finding in ProfileCheck.Run(document, Architecture.Native, KernelSupport.OfThisKernel).Sorted())
            if (finding.Severity == Explaining.Severity.Error)
                found.Error(ErrorCode.SeccompProfile, finding.Pointer, finding.Text);
        found.Try(() => CheckListener(found));
    }

    private static void CheckListener(HostFindings found)
    {
        SeccompProgram? filter = SeccompCompiler.Compile(found.Config.Linux.Seccomp);
        if (SeccompListener.From(found.Config, filter, "", found.Bundle) is not { Path: ['/', ..] } listener)
            return; // an abstract socket can be looked for only by connecting
        using Fd? socket = Sys.TryOpenAt(Fd.Cwd, listener.Path, O_PATH, out SysError error);
        int errno = socket is null ? error.Errno : Inode.Of(socket, listener.Path).Type == S_IFSOCK ? 0 : ECONNREFUSED;
        if (errno != 0)
            throw SeccompListener.Unreachable(new("connect", listener.Path, errno));
    }
}
