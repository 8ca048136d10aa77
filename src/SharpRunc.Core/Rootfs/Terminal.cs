using SharpRunc.Core.Messages;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using Root = SharpRunc.Linux.Root;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// config.md#process, terminal: "a pseudoterminal pair is allocated for the process and the pseudoterminal pty is duplicated on the
/// standard streams". The child does it in the container, and sends the master end to the runtime.
/// </summary>
internal static class Terminal
{
    private const string Console = "/dev/console", DevptsHint = "mounts must include a devpts at /dev/pts";

    /// <summary>For the init: after the switch of roots and before anything becomes read-only.</summary>
    public static void SetUpForInit(RootfsSetup rootfs, Channel channel)
    {
        using Pty pty = Open(rootfs.Root, rootfs.Plan.Process!, "/process/terminal");
        if (rootfs.Plan.Namespaces.MayMount)
            BindConsole(rootfs, pty);
        Attach(pty, rootfs.Plan, channel);
    }

    /// <summary>For a process that joined a container. The container's /dev/console stays as it is.</summary>
    public static void SetUpForExec(Root root, ProcessPlan plan, Channel channel)
    {
        using Pty pty = Open(root, plan.Process!, "/terminal");
        Attach(pty, plan, channel);
    }

    private static Pty Open(Root root, Process process, string pointer)
    {
        try
        {
            Pty pty = Pty.Open(root);
            // config.md#process: "Runtimes MUST ignore consoleSize if terminal is false or not set". As in runc, both dimensions are
            // needed.
            if (process.ConsoleSize is { Height: > 0, Width: > 0 } size)
                Sys.TrySetWindowSize(pty.Master, new() { ws_row = (ushort)size.Height, ws_col = (ushort)size.Width });
            return pty;
        }
        catch (SysException e)
        {
            string? hint = e.Errno is ENOENT ? DevptsHint : null;
            throw ContainerException.From(ErrorCode.TerminalAllocate, e, "cannot allocate a terminal", pointer, hint);
        }
        catch (UnexpectedInodeException e)
        {
            throw new ContainerException(ErrorCode.TerminalAllocate, $"cannot allocate a terminal: {e.Message}", e)
            {
                Pointer = pointer,
                Hint = DevptsHint,
            };
        }
    }

    /// <summary>
    /// config-linux.md#default-devices: "/dev/console is set up if terminal is enabled in the config by bind mounting the pseudoterminal
    /// pty". CVE-2025-52565, CVE-2026-88264: neither the source nor the target of the bind mount is a path that is followed. An existing
    /// target (an image's file, or the host's device if /dev is bound) is covered, unless it is a link or a directory.
    /// </summary>
    private static void BindConsole(RootfsSetup rootfs, Pty pty)
    {
        try
        {
            using Fd dev = NodePlace.OpenParent(rootfs, Console, "/process/terminal", out string name);
            using Fd place = OpenOrMake(dev, name);
            Inode inode = Inode.Of(place, Console);
            if (inode.IsLink || inode.IsDirectory)
            {
                string kind = inode.IsLink ? "symbolic link" : "directory";
                string message = $"{Console} of the image is a {kind}: the terminal cannot be bound over it";
                throw new ContainerException(ErrorCode.TerminalAllocate, message) { Pointer = "/process/terminal" };
            }
            using Tree tree = Tree.Clone(pty.Slave, "", recursive: false, "the terminal");
            pty.RequireSlave(tree.Fd, "the terminal");
            tree.AttachTo(place);
        }
        catch (SysException e)
        {
            throw ContainerException.From(ErrorCode.TerminalAllocate, e, $"cannot bind the terminal on {Console}", "/process/terminal");
        }
    }

    private static Fd OpenOrMake(Fd dev, string name)
    {
        Fd? there = Sys.TryOpenAt(dev, name, O_PATH | O_NOFOLLOW, out SysError error);
        if (there is not null)
            return there;
        if (error.Errno != ENOENT)
            throw error.On(Console).ToException();
        Sys.TryOpenAt(dev, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDONLY, out error, Modes.O666)?.Dispose();
        if (error.Errno != EEXIST)
            error.On(Console).ThrowIfFailed();
        return Sys.OpenAt(dev, name, O_PATH | O_NOFOLLOW);
    }

    /// <summary>
    /// Takes the terminal. The calling process leads its session; a process born inside will lead its own session, and takes the terminal
    /// there.
    /// </summary>
    private static void Attach(Pty pty, ProcessPlan plan, Channel channel)
    {
        channel.Send(Message.Console, [], [pty.Master]);
        channel.Await(Message.ConsoleReceived);
        for (int number = 0; number <= 2; number++)
            Sys.Dup2(pty.Slave, number);
        if (!plan.IsBornInside)
            Sys.SetControllingTerminal(pty.Slave);
    }
}
