using System;
using System.Collections.Generic;
using System.Text;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// ptrace(2): which of a program's functions are executed, in that order, whoever of a command and all that it starts runs the program.
/// Each function has a breakpoint, and loses it where it was met; what the program starts inherits the others with its memory. x86-64.
/// </summary>
internal sealed unsafe class Functions(string program, SymbolTable symbols)
{
    private const nint SYS_ptrace = 101, SYS_pwrite64 = 18,
        PTRACE_PEEKUSER = 3, PTRACE_POKEUSER = 6, PTRACE_CONT = 7, PTRACE_SEIZE = 0x4206,
        PTRACE_O_TRACEFORK = 2, PTRACE_O_TRACEVFORK = 4, PTRACE_O_TRACECLONE = 8, PTRACE_O_TRACEEXEC = 0x10;

    private const nint InstructionPointer = 16 * sizeof(ulong); // struct user_regs_struct
    private const int PTRACE_EVENT_EXEC = 4, SIGTRAP = 5, Stopped = 0x7f;
    private const byte Breakpoint = 0xcc; // int3

    private readonly byte[] code = new byte[symbols.Length];
    private readonly HashSet<ulong> met = [];

    /// <summary>Names on stdout, a line each; what the command says is on stderr.</summary>
    public static int Run(string program, string symbols, string[] command)
        => new Functions(program, new SymbolTable(symbols)).Follow(command);

    private int Follow(string[] command)
    {
        (Fd ours, Fd theirs) = Sys.SocketPair();
        int first = Sys.Clone(0, SIGCHLD, null, out _);
        if (first == 0)
        {
            Sys.Dup2(Fd.Own(2), 1);
            Sys.Read(theirs, stackalloc byte[1]); // traced from here on
            Supervisor.Become(command, []);
        }
        Ptrace(PTRACE_SEIZE, first, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC);
        Sys.TrySend(ours, "t"u8, []);
        int status, pid;
        while ((pid = (int)syscall(SYS_wait4, -1, (nint)(&status), __WALL)) > 0)
        {
            if ((status & 0xff) == Stopped)
                Ptrace(PTRACE_CONT, pid, 0, Stop(pid, status >> 16, status >> 8 & 0xff));
            else if (pid == first)
                return (status & 0x7f) == 0 ? status >> 8 : 128 + (status & 0x7f); // whom it leaves behind runs on
        }
        return 1;
    }

    /// <returns>The signal that the process is to get, or 0.</returns>
    private int Stop(int pid, int happened, int signal)
    {
        if (happened == PTRACE_EVENT_EXEC && IsProgram(pid))
            SetBreakpoints(pid);
        if (happened != 0)
            return 0;
        return signal == SIGTRAP && Meet(pid) ? 0 : signal;
    }

    private bool IsProgram(int pid)
    {
        using Fd file = Sys.OpenAt(Fd.Cwd, program, O_RDONLY), running = Sys.OpenAt(Fd.Cwd, $"/proc/{pid}/exe", O_RDONLY);
        statx ours = Sys.Statx(file, ""), theirs = Sys.Statx(running, "");
        return (ours.stx_ino, ours.stx_dev_major, ours.stx_dev_minor) == (theirs.stx_ino, theirs.stx_dev_major, theirs.stx_dev_minor);
    }

    private void SetBreakpoints(int pid)
    {
        using Fd memory = Memory(pid);
        fixed (byte* c = code)
            if (Sys.TryPread(memory, c, code.Length, (long)symbols.Start) != code.Length)
                throw new SysException("pread64", $"{program} of process {pid} (a position independent program?)", EIO);
        byte[] changed = [.. code];
        foreach (ulong function in symbols.Functions.Keys)
            changed[function - symbols.Start] = Breakpoint;
        Write(memory, changed, symbols.Start);
    }

    private bool Meet(int pid)
    {
        ulong next; // the instruction behind the breakpoint
        Ptrace(PTRACE_PEEKUSER, pid, InstructionPointer, (nint)(&next));
        ulong function = next - 1;
        if (!symbols.Functions.TryGetValue(function, out List<string>? names))
            return false;
        using (Fd memory = Memory(pid))
            Write(memory, code.AsSpan((int)(function - symbols.Start), 1), function);
        Ptrace(PTRACE_POKEUSER, pid, InstructionPointer, (nint)function);
        if (met.Add(function))
            foreach (string name in names)
                Sys.TryWrite(Fd.Own(1), Encoding.UTF8.GetBytes(name + "\n"));
        return true;
    }

    private static Fd Memory(int pid) => Sys.OpenAt(Fd.Cwd, $"/proc/{pid}/mem", O_RDWR);

    private static void Write(Fd memory, ReadOnlySpan<byte> bytes, ulong address)
    {
        fixed (byte* b = bytes)
            if (syscall(SYS_pwrite64, memory.Number, (nint)b, bytes.Length, (nint)address) != bytes.Length)
                throw new SysException("pwrite64", $"{address:x}", errno);
    }

    private static void Ptrace(nint request, int pid, nint address, nint data)
    {
        if (syscall(SYS_ptrace, request, pid, address, data) < 0 && errno != ESRCH) // it was killed meanwhile
            throw new SysException("ptrace", request.ToString(), errno);
    }
}
