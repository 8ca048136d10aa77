using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A process of the host's that shares nothing with the runtime but the image's files, and acts on them whenever it is told to.
/// Each line of its file is a move: PATH TAB ASIDE exchanges the two, or renames the one that is there to the other, so that a second act
/// takes the first back; PATH alone is removed with all that is in it.
/// </summary>
internal sealed class Attacker : IDisposable
{
    private const int RenameExchange = 2, OutOfTheWay = 500;

    private readonly Fd socket;
    private readonly int pid;

    private Attacker(Fd socket, int pid) => (this.socket, this.pid) = (socket, pid);

    public static Attacker Start(string file)
    {
        string[] moves = Sys.ReadText(Fd.Cwd, file).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        (Fd ours, Fd theirs) = Sys.SocketPair();
        int pid = Sys.Clone(0, SIGCHLD, null, out Fd? process);
        if (pid == 0)
        {
            ours.Dispose();
            Serve(theirs, moves);
        }
        process?.Dispose();
        theirs.Dispose();
        // The numbers that follow are what they would be without us.
        Fd far = Fd.Own(Sys.Fcntl(ours, F_DUPFD_CLOEXEC, OutOfTheWay));
        ours.Dispose();
        return new(far, pid);
    }

    /// <summary>All its moves, now; also from a child.</summary>
    public void Act()
    {
        Sys.TrySend(socket, "!"u8);
        Sys.Receive(socket, stackalloc byte[1], []);
    }

    public void Dispose()
    {
        socket.Dispose();
        PidFd.Open(pid).Signal(SIGKILL);
        Sys.TryWaitId(P_PID, pid, WEXITED);
    }

    /// <summary>Never returns. When nobody is left who could tell us anything we leave.</summary>
    private static void Serve(Fd told, string[] moves)
    {
        Sys.Prctl(PR_SET_PDEATHSIG, SIGKILL, "PDEATHSIG");
        Span<byte> order = stackalloc byte[1];
        while (Sys.Receive(told, order, []) > 0)
        {
            foreach (string move in moves)
                Make(move.Split('\t'));
            Sys.TryWrite(Fd.Own(1), "attacked\n"u8);
            Sys.TrySend(told, "."u8);
        }
        Sys.ExitGroup(0);
    }

    private static unsafe void Make(string[] move)
    {
        if (move.Length == 1)
        {
            Remove(Fd.Cwd, move[0]);
            return;
        }
        fixed (byte* path = Sys.CString(move[0]), aside = Sys.CString(move[1]))
            if (Rename(path, aside, RenameExchange) != 0 && Rename(path, aside, 0) != 0)
                Rename(aside, path, 0);
    }

    private static unsafe nint Rename(byte* from, byte* to, int flags)
        => syscall(SYS_renameat2, AT_FDCWD, (nint)from, AT_FDCWD, (nint)to, flags);

    private static void Remove(Fd parent, string name)
    {
        using (Fd? directory = Sys.TryOpenAt(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, out _))
        {
            List<string> names = directory is null ? [] : Sys.ReadDirectory(directory, name);
            foreach (string inner in names)
                Remove(directory!, inner);
        }
        if (Sys.TryUnlinkAt(parent, name).Failed)
            Sys.TryUnlinkAt(parent, name, AT_REMOVEDIR);
    }
}
