using System;
using System.Text;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

/// <summary>What hangs at the kernel's door.</summary>
internal static class Watch
{
    private static int runtime, number;
    private static bool busy;

    private static string Who => Sys.GetPid() == runtime ? "runtime" : "child";

    public static void Count()
    {
        Fd output = Fd.Own(Sys.Fcntl(Fd.Own(1), F_DUPFD_CLOEXEC, 3)); // the child's own may become a terminal
        Set((name, subject) =>
        {
            Sys.TryWrite(output,
                Encoding.UTF8.GetBytes(string.Concat(Who, " ", number.ToString(), " ") + string.Concat(name, " ", subject, "\n")));
            return 0;
        });
    }

    public static void Fail(string who, int target, int errno) => Set((_, _) => number == target && Who == who ? errno : 0);

    /// <param name="points">runtime:NUMBER or child:NUMBER.</param>
    public static void Step(string[] points, Attacker attacker) => Set((_, _) =>
    {
        if (Array.IndexOf(points, $"{Who}:{number}") >= 0)
            attacker.Act();
        return 0;
    });

    private static void Set(Func<string, string?, int> watch)
    {
        runtime = Sys.GetPid();
        Sys.Probe = (name, subject) =>
        {
            if (busy)
                return 0; // what is called here is no call of theirs
            number++;
            busy = true;
            int answer = watch(name, subject);
            busy = false;
            return answer;
        };
    }
}
