using System;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A pseudo-terminal in a container's own devpts. Neither end is ever opened by a name that the image could have placed there: the
/// multiplexer is looked up in a verified devpts and is itself verified, and the slave is obtained from the master (CVE-2025-52565).
/// </summary>
internal sealed class Pty : IDisposable
{
    private const string Directory = "/dev/pts";

    // linux/major.h: TTYAUX_MAJOR with minor 2, and UNIX98_PTY_SLAVE_MAJOR. fs/devpts/inode.c gives ptmx its inode number.
    private const uint MultiplexerMajor = 5, MultiplexerMinor = 2, SlaveMajor = 136;
    private const ulong MultiplexerInode = 2;

    private Pty(Fd master, Fd slave, uint number)
    {
        Master = master;
        Slave = slave;
        Number = number;
    }

    public Fd Master { get; }

    public Fd Slave { get; }

    /// <summary>The N of /dev/pts/N.</summary>
    public uint Number { get; }

    public void Dispose()
    {
        Slave.Dispose();
        Master.Dispose();
    }

    /// <exception cref="UnexpectedInodeException">What is there is no devpts, or not its multiplexer.</exception>
    /// <exception cref="SysException">Nothing is there, or no terminals are left.</exception>
    public static Pty Open(Root root)
    {
        using Fd devpts = root.Open(Directory, O_PATH | O_DIRECTORY);
        if (Sys.Fstatfs(devpts, Directory).f_type != DEVPTS_SUPER_MAGIC)
            throw new UnexpectedInodeException($"{Directory} is not a devpts");
        // Nothing can be created in a devpts, only mounted there, and mounts are not crossed.
        Fd master = Sys.OpenAt2(devpts, "ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK, RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
        try
        {
            const string Name = Directory + "/ptmx";
            Inode inode = Inode.Of(master, Name);
            inode.RequireCharDevice(MultiplexerMajor, MultiplexerMinor);
            if (inode.Number != MultiplexerInode)
                throw new UnexpectedInodeException($"{Name} is not the multiplexer of its devpts");
            Sys.Fcntl(master, F_SETFL, O_RDWR);
            Sys.UnlockPty(master);
            return new(master, Sys.OpenPtyPeer(master), Sys.PtyNumber(master));
        }
        catch
        {
            master.Dispose();
            throw;
        }
    }

    /// <summary>Refuses anything but this terminal's slave.</summary>
    public void RequireSlave(Fd fd, string subject) => Inode.Of(fd, subject).RequireCharDevice(SlaveMajor, Number);
}
