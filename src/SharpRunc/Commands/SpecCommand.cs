using SharpRunc.Core;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Linux;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

using static SharpRunc.Linux.LibC.Libc;

internal static class SpecCommand
{
    public static readonly Command Command = new("spec", "", "write a config.json to start from")
    {
        MinArguments = 0,
        MaxArguments = 0,
        Flags =
        [
            new("bundle", 'b', FlagKind.Path, "the directory to write it to", "the working directory"),
            new("rootless", '\0', FlagKind.Switch, "for a user without privileges"),
        ],
        Run = (_, given) => Write(given.Text("bundle") is { Length: > 0 } bundle ? bundle : ".", given.Is("rootless")),
    };

    private static int Write(string bundle, bool rootless)
    {
        bool cgroupV2 = CgroupLayout.Detect().Kind == CgroupKind.V2;
        using TrustedPath place = TrustedPath.TryFindPlace(bundle + "/config.json", "config.json", out SysError refused, mayBeOpen: true)
            ?? throw ContainerException.From(ErrorCode.UsageFile, refused.On(bundle), "cannot open --bundle");
        using Fd? file = Sys.TryOpenAt(place.Directory, place.Entry, O_WRONLY | O_CREAT | O_EXCL, out SysError error, Modes.O666);
        if (error.Errno == EEXIST)
            throw new ContainerException(ErrorCode.SpecExists, "File config.json exists. Remove it first");
        if (file is null)
            throw ContainerException.From(ErrorCode.UsageFile, error, "cannot create config.json");
        byte[] json = rootless
            ? SpecTemplate.Rootless(Sys.GetEuid(), Sys.GetEgid(), cgroupV2)
            : SpecTemplate.Privileged(cgroupV2);
        Sys.Write(file, json, "config.json");
        return 0;
    }
}
