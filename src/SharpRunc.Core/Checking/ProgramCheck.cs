using System;
using System.Buffers.Binary;
using SharpRunc.Core.Init;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Checking;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Whether the image has the container's program, its interpreter too, for this machine and for its user. What a mount may bring is not
/// judged.
/// </summary>
internal sealed class ProgramCheck(HostFindings found, RootfsView view)
{
    private const string Pointer = "/process/args/0";
    private const int MaxHeader = 4096;

    private readonly Access access = Access.OfProcess(found, found.Config.Process!);

    public void Run(Process process)
    {
        string name = process.Args[0];
        ContainerException? refusal = null;
        foreach (string candidate in ProcessEnvironment.Candidates(name, process.Env))
        {
            string path = candidate.StartsWith('/') ? candidate : $"{process.Cwd}/{candidate}";
            Place place = view.Look(path, out Inode inode, out _);
            if (place == Place.Unknown)
                return;
            if (place != Place.Found)
                continue;
            try
            {
                RequireExecutable(inode, path, Pointer);
                RequireForUser(path);
                RequireInterpreter(path);
                return;
            }
            catch (ContainerException e)
            {
                refusal ??= e;
            }
        }
        throw refusal ?? (name.Contains('/')
            ? new ContainerException(ErrorCode.ProgramMissing, $"there is no {name} in the root file system")
            {
                Pointer = Pointer,
                Errno = ENOENT,
            }
            : new ContainerException(ErrorCode.ProgramMissing, $"\"{name}\" is in no directory of the process's PATH")
            {
                Pointer = Pointer,
                Errno = ENOENT,
            });
    }

    public static void RequireExecutable(Inode inode, string path, string pointer)
    {
        if (inode.Type != S_IFREG)
            throw new ContainerException(ErrorCode.ProgramRefused, $"{path} is {inode.Kind}, and must be a program")
            {
                Pointer = pointer,
                Errno = EACCES,
            };
        if ((inode.Mode & 0x49) == 0) // 0111
            throw new ContainerException(ErrorCode.ProgramRefused, $"{path} is not executable")
            {
                Pointer = pointer,
                Errno = EACCES,
                Hint = "chmod +x",
            };
    }

    /// <summary>The program, and the directories on the way to it.</summary>
    private void RequireForUser(string path)
    {
        string user = $"uid {found.Config.Process!.User.Uid}";
        for (int end = path.IndexOf('/', 1); end > 0; end = path.IndexOf('/', end + 1))
            if (!MayExecute(path[..end]))
                throw new ContainerException(ErrorCode.ProgramRefused, $"{path[..end]}, on the way to {path}, is closed to {user}")
                {
                    Pointer = Pointer,
                    Errno = EACCES,
                };
        if (!MayExecute(path))
            throw new ContainerException(ErrorCode.ProgramRefused, $"{path} is not executable for {user}")
            {
                Pointer = Pointer,
                Errno = EACCES,
                Hint = "chmod +x",
            };
        using Fd? program = view.TryOpen(path);
        if (program is not null && (Sys.Fstatfs(program, path).f_flags & ST_NOEXEC) != 0)
            throw new ContainerException(ErrorCode.ProgramRefused, $"{path} is on a file system that is mounted noexec")
            {
                Pointer = Pointer,
                Errno = EACCES,
            };
    }

    private bool MayExecute(string path)
    {
        using Fd? file = view.TryOpen(path);
        return file is null || access.MayExecute(Inode.Known(file, path), file);
    }

    /// <summary>execve(2): a script names its interpreter in the first line, an ELF file in PT_INTERP.</summary>
    private void RequireInterpreter(string path)
    {
        using Fd? file = view.TryOpen(path, O_RDONLY | O_NONBLOCK);
        if (file is null)
            return; // the image's owner may read it
        Span<byte> header = new byte[MaxHeader];
        int length = Sys.TryRead(file, header);
        header = header[..Math.Max(length, 0)];
        string? interpreter = header.StartsWith("#!"u8) ? OfScript(header) : OfElf(header, path);
        if (interpreter is null || !interpreter.StartsWith('/') || view.Look(interpreter, out _, out _) is Place.Found or Place.Unknown)
            return;
        throw new ContainerException(
            ErrorCode.ProgramInterpreter, $"the interpreter of {path}, {interpreter}, is not in the root file system")
        {
            Pointer = Pointer,
            Errno = ENOENT,
            Hint = "execve(2) reports it as a missing program",
        };
    }

    private static string OfScript(ReadOnlySpan<byte> header)
    {
        int end = header.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = header[2..(end < 0 ? header.Length : end)].Trim(" \t\r"u8);
        int space = line.IndexOfAny(" \t"u8);
        return KernelText.Decode(space < 0 ? line : line[..space]);
    }

    /// <summary>elf(5), of 64 bits.</summary>
    private static string? OfElf(ReadOnlySpan<byte> header, string path)
    {
        const int Class64 = 2, Machine = 18, ProgramHeaders = 32, EntrySize = 54, Entries = 56, Interpreter = 3;
        if (!header.StartsWith("\u007fELF"u8) || header.Length < 64)
            throw new ContainerException(ErrorCode.ProgramFormat, $"{path} is neither an ELF file nor a script")
            {
                Pointer = Pointer,
                Errno = ENOEXEC,
            };
        if (header[4] != Class64)
            return null; // the kernel may run programs of 32 bits
        using Fd own = Sys.OpenAt(Fd.Cwd, "/proc/self/exe", O_RDONLY);
        Span<byte> ours = stackalloc byte[Machine + 2];
        Sys.TryRead(own, ours);
        if (!header[Machine..(Machine + 2)].SequenceEqual(ours[Machine..]))
            throw new ContainerException(ErrorCode.ProgramFormat, $"{path} is a program for another architecture")
            {
                Pointer = Pointer,
                Errno = ENOEXEC,
            };
        int at = (int)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(header[ProgramHeaders..]), MaxHeader);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(header[EntrySize..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(header[Entries..]);
        for (int i = 0; i < count && size >= 40 && at + size <= header.Length; i++, at += size)
        {
            ReadOnlySpan<byte> entry = header[at..(at + size)];
            if (BinaryPrimitives.ReadUInt32LittleEndian(entry) != Interpreter)
                continue;
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]);
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]);
            if (length < 2 || length > (ulong)header.Length || offset > (ulong)header.Length - length)
                return null;
            return KernelText.Decode(header.Slice((int)offset, (int)length - 1));
        }
        return null;
    }
}
