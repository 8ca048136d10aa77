using System;
using Microsoft.Extensions.Logging.Abstractions;
using SharpRunc.Core;
using SharpRunc.Core.Containers;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

/// <summary>
/// `create` with the kernel's door watched, natively compiled because only there a fork is safe. The init inherits the watch with
/// everything else, and goes on counting where the runtime was.
///   sharprunc-probe count ROOT BUNDLE ID                       one line a call: who makes it, its number, name and subject
///   sharprunc-probe fail runtime|init NUMBER ERRNO ROOT BUNDLE ID   that call of that process is refused
/// Exit status 0: created; 1: refused, with the message on stderr; 70: an exception that no user should ever see.
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
        string Who() => Sys.GetPid() == runtime ? "runtime" : "init";
        Fd output = Fd.Own(1), errors = Fd.Own(2);
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
            Create.Run(new RuntimeContext { Root = rest[0], Log = NullLogger.Instance }, rest[2], new CreateOptions { Bundle = rest[1] });
            return 0;
        }
        catch (Exception e)
        {
            Sys.Probe = null;
            Sys.TryWrite(errors, System.Text.Encoding.UTF8.GetBytes(e.GetType().Name + ": " + e.Message + "\n"));
            return e is ContainerException or SysException or UnexpectedInodeException ? 1 : Internal;
        }
    }
}
