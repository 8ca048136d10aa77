using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Checking;

/// <summary>config.md#posix-platform-hooks: programs of the host, and startContainer's of the root file system.</summary>
internal sealed class HookCheck(HostFindings found, RootfsView view)
{
    public void Run()
    {
        Spec.Hooks hooks = found.Config.Hooks;
        (string Kind, Hook[] Hooks)[] outside =
        [
            ("prestart", hooks.Prestart), ("createRuntime", hooks.CreateRuntime), ("createContainer", hooks.CreateContainer),
            ("poststart", hooks.Poststart), ("poststop", hooks.Poststop),
        ];
        foreach ((string kind, Hook[] listed) in outside)
            for (int i = 0; i < listed.Length; i++)
            {
                string path = listed[i].Path, pointer = $"/hooks/{kind}/{i}/path";
                found.Try(() =>
                {
                    using Fd? program = Sys.TryOpenAt(Fd.Cwd, path, O_PATH, out SysError error);
                    ProgramCheck.RequireExecutable(program is null ? throw Absent(error, pointer) : Inode.Of(program, path), path, pointer);
                });
            }
        for (int i = 0; i < hooks.StartContainer.Length; i++)
        {
            string path = hooks.StartContainer[i].Path, pointer = $"/hooks/startContainer/{i}/path";
            found.Try(() =>
            {
                Place place = view.Look(path, out Inode inode, out SysError error);
                if (place is Place.Missing or Place.Refused)
                    throw Absent(error, pointer);
                if (place == Place.Found)
                    ProgramCheck.RequireExecutable(inode, path, pointer);
            });
        }
    }

    private static ContainerException Absent(SysError error, string pointer)
        => ContainerException.From(ErrorCode.HookMissing, error, "cannot open the hook", pointer);
}
