using System;
using System.Text;
using SharpRunc.Linux;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Probe;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Any program, all that it starts included, asks before each call that looks at names. At the NUMBERth the attacker acts,
/// and the call goes on as it was. As root no_new_privs is not needed, so the container's own programs keep what they may do.
/// </summary>
internal static unsafe class Supervisor
{
    private static readonly nint[] Watched =
    [
        SYS_openat2, SYS_mkdirat, SYS_mknodat, SYS_symlinkat, SYS_unlinkat, SYS_mount, SYS_move_mount, SYS_open_tree,
        83, // mkdir
        133, // mknod
        88, // symlink
    ];

    /// <returns>The program's exit status. Each notification is a line on stdout.</returns>
    public static int Run(int number, Attacker attacker, string[] command)
    {
        (int pid, Fd listener, Fd process) = Start(Program(), command, []);
        Span<pollfd> wait = [new pollfd { fd = listener.Number, events = POLLIN }, new pollfd { fd = process.Number, events = POLLIN }];
        int seen = 0;
        // Whom the program leaves behind goes on without us: nobody asks a listener that is closed, and a container that only sleeps asks
        // nothing.
        while (Sys.Poll(wait, -1) > 0)
        {
            if ((wait[0].revents & POLLIN) != 0)
                Answer(listener, ++seen == number ? attacker : null, seen);
            else if (wait[1].revents != 0)
                break;
        }
        siginfo_t info = Sys.TryWaitId(P_PID, pid, WEXITED);
        return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    }

    /// <summary>A program whose calls, and those of all that it starts, a filter holds for us.</summary>
    public static (int Pid, Fd Listener, Fd Process) Start(Instruction[] filter, string[] command, string[] environment)
    {
        (Fd ours, Fd theirs) = Sys.SocketPair();
        int pid = Sys.Clone(0, SIGCHLD, null, out Fd? process);
        if (pid == 0)
            Become(filter, command, environment, theirs);
        theirs.Dispose();
        int[] descriptors = new int[1];
        Sys.Receive(ours, stackalloc byte[1], descriptors);
        return (pid, Fd.Own(descriptors[0]), process!);
    }

    private static void Answer(Fd listener, Attacker? attacker, int seen)
    {
        Notification.Request request = default;
        if (Sys.TryIoctl(listener, unchecked((nint)Notification.Receive), ref request, "notification").Failed)
            return; // it was killed meanwhile
        Sys.TryWrite(Fd.Own(1), Encoding.UTF8.GetBytes($"{seen} {request.Pid} {request.Number}\n"));
        attacker?.Act();
        Notification.Answer answer = new() { Id = request.Id, Flags = Notification.Continue };
        Sys.TryIoctl(listener, unchecked((nint)Notification.Send), ref answer, "notification");
    }

    /// <summary>Never returns.</summary>
    private static void Become(Instruction[] program, string[] command, string[] environment, Fd socket)
    {
        nint listener;
        fixed (Instruction* instructions = program)
        {
            sock_fprog filter = new() { len = (ushort)program.Length, filter = (sock_filter*)instructions };
            listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, (nint)SECCOMP_FILTER_FLAG_NEW_LISTENER, (nint)(&filter));
        }
        if (listener < 0)
            Sys.ExitGroup(71);
        Sys.TrySend(socket, "l"u8, [(int)listener]);
        Sys.Close((int)listener);
        Become(command, environment);
    }

    /// <summary>Never returns.</summary>
    /// <param name="environment">Beside PATH.</param>
    public static void Become(string[] command, string[] environment)
    {
        byte** argv = stackalloc byte*[command.Length + 1], envp = stackalloc byte*[environment.Length + 2];
        for (int i = 0; i < command.Length; i++)
            argv[i] = Copy(command[i]);
        envp[0] = Copy("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        for (int i = 0; i < environment.Length; i++)
            envp[i + 1] = Copy(environment[i]);
        Sys.Execve(command[0], argv, envp);
    }

    private static Instruction[] Program()
    {
        Assembler assembler = new();
        Assembler.Label allow = assembler.Return(SECCOMP_RET_ALLOW), ask = assembler.Return(SECCOMP_RET_USER_NOTIF), next = allow;
        foreach (nint call in Watched)
            next = assembler.Branch(BPF_JEQ, (uint)call, ask, next);
        return assembler.ToProgram(assembler.Load(0, next));
    }

    private static byte* Copy(string text)
    {
        byte[] bytes = Sys.CString(text);
        byte* copy = (byte*)System.Runtime.InteropServices.NativeMemory.Alloc((nuint)bytes.Length);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        return copy;
    }
}
