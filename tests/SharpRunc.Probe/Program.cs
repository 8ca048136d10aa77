using System;
using Microsoft.Extensions.Logging.Abstractions;
using SharpRunc.Core;
using SharpRunc.Core.Containers;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Probe;

/// <summary>
/// A command with the kernel's door watched, natively compiled because only there a fork is safe. The child inherits the watch with
/// everything else, and goes on counting where the runtime was.
///   sharprunc-probe count COMMAND                            one line a call: who makes it, its number, name and subject
///   sharprunc-probe fail runtime|child NUMBER ERRNO COMMAND  that call of that process is refused
/// COMMAND is `create ROOT BUNDLE ID [CONSOLE-SOCKET]`, `exec ROOT ID PROGRAM`, `pause ROOT ID`, `resume ROOT ID` or `update ROOT ID RESOURCES`.
/// Exit status 0: done; 1: refused, with the message on stderr; 70: an exception that no user should ever see.
/// </summary>
internal static class Program
{
    private const int Internal = 70;

    private static int Main(string[] args)
    {
        bool counts = args[0] == "count";
        int number = 0, target = counts ? 0 : int.Parse(args[2]), errno = counts ? 0 : int.Parse(args[3]);
        string[] rest = args[(counts ? 1 : 4)..];
        int runtime = Sys.GetPid();
        string Who() => Sys.GetPid() == runtime ? "runtime" : "child";
        Fd output = Fd.Own(Sys.Fcntl(Fd.Own(1), F_DUPFD_CLOEXEC, 3)), errors = Fd.Own(2); // the child's own may become a terminal
        bool busy = false;
        Sys.Probe = (name, subject) =>
        {
            if (busy)
                return 0; // the line that is written here is no call of theirs
            number++;
            if (!counts)
                return number == target && Who() == args[1] ? errno : 0;
            busy = true;
            Sys.TryWrite(output, System.Text.Encoding.UTF8.GetBytes(string.Concat(Who(), " ", number.ToString(), " ") + string.Concat(name, " ", subject, "\n")));
            busy = false;
            return 0;
        };
        try
        {
            RuntimeContext context = new() { Root = rest[1], Log = NullLogger.Instance };
            return Run(context, rest[0], rest[2], rest.Length > 3 ? rest[3] : "", rest.Length > 4 ? rest[4] : null);
        }
        catch (Exception e)
        {
            Sys.Probe = null;
            Sys.TryWrite(errors, System.Text.Encoding.UTF8.GetBytes(e.GetType().Name + ": " + e.Message + "\n"));
            return e is ContainerException or SysException or UnexpectedInodeException ? 1 : Internal;
        }
    }

    private static int Run(RuntimeContext context, string command, string first, string second, string? console)
    {
        switch (command)
        {
            case "exec":
                return Exec.Run(context, first, new ExecOptions { Args = [second] });
            case "pause":
                Pause.Run(context, first);
                return 0;
            case "resume":
                Resume.Run(context, first);
                return 0;
            case "update":
                Update.Run(context, first, ConfigReader.ReadResources(System.Text.Encoding.UTF8.GetBytes(second)));
                return 0;
            default:
                Create.Run(context, second, new CreateOptions { Bundle = first, ConsoleSocket = console });
                return 0;
        }
    }
}
