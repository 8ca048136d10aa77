using System;
using System.IO;
using SharpRunc.Tests.Support;

namespace SharpRunc.Benchmarks;

/// <summary>What the kernel wants for being in a cgroup, by the ways that the runtime takes.</summary>
internal static class JoinCost
{
    /// <param name="floor">The program that measures it.</param>
    public static void Print(string floor, Host host)
    {
        string output = Path.Combine(host.Work, "join"), errors = output + ".err";
        using (host.MountUnified(out string unified))
            if (Child.Start([floor, "--join", Path.GetFileName(host.Work) + "-join", unified], output, errors).Wait() != 0)
                throw new InvalidOperationException("floor --join: " + File.ReadAllText(errors));
        string[] microseconds = File.ReadAllText(output).Trim().Split(' ');
        Console.WriteLine($"\njoining: {microseconds[0]} µs for the tasks files of nine v1 hierarchies; CLONE_INTO_CGROUP "
            + $"adds {microseconds[1]} µs to a clone");
    }
}
