using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>Ten at once exec in a container that is killed under them, and in the next one. `make soak` sets SOAK to do more.</summary>
internal sealed class ExecSoakTests
{
    private const int AtOnce = 10;
    private static readonly int Execs = Environment.GetEnvironmentVariable("SOAK") is null ? 150 : 2000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly List<string> failures = [];
    private readonly int[] endings = new int[256];
    private Runtime runtime = null!;
    private volatile Victim victim = null!;
    private int todo, containers;

    /// <summary>With the host's PIDs the cgroup is all that holds a container together.</summary>
    [TestCase("of its own")]
    [TestCase("with mapped users")]
    [TestCase("with the host's PIDs")]
    public void Every_exec_ends_as_its_process_does_or_says_why_it_could_not_start(string container)
    {
        int seed = Environment.TickCount;
        using Runtime created = runtime = Runtime.Create();
        todo = Execs;
        failures.Clear();
        Array.Clear(endings);
        containers = 0;
        victim = Start(container);
        List<Thread> threads = [];
        for (int i = 0; i < AtOnce; i++)
        {
            int number = i;
            threads.Add(new Thread(() => Guarded(() => ExecUntilDone(number, new Random(seed + number)))));
        }
        threads.ForEach(thread => thread.Start());
        Random random = new(seed - 1);
        Guarded(() => KillUntilDone(random, container));
        threads.ForEach(thread => thread.Join());
        TestContext.Out.WriteLine($"{containers} containers; {endings[137]} killed, {endings[255]} not started");
        Assert.That(failures, Is.Empty, $"seed {seed}, {containers} containers");
        Remove(victim, random);
    }

    private void ExecUntilDone(int number, Random random)
    {
        string errors = Path.Combine(runtime.Work, $"exec-{number}.err"), pidFile = Path.Combine(runtime.Work, $"exec-{number}.pid");
        while (Interlocked.Decrement(ref todo) >= 0)
        {
            Victim mine = victim;
            bool detached = random.Next(4) == 0;
            int status = random.Next(3) * 7, pause = random.Next(3);
            string[] command = ["exec", .. detached ? new[] { "--detach", "--pid-file", pidFile }
                : [], mine.Id, "sh", "-c", $"{(pause == 0 ? "" : $"sleep 0.0{pause};")} exit {status}"];
            int exit = Child.Start(runtime.Command(command), errors: errors).Wait(Limit);
            string said = File.ReadAllText(errors);
            if (detached && exit == 0)
                Child.Reap(int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture));
            Interlocked.Increment(ref endings[exit]);
            bool asItsProcess = exit == (detached ? 0 : status) && said.Length == 0;
            bool wasKilled = mine.IsKilled
                && (exit == 137 && said.Length == 0 || exit == 255 && said.Contains("exec failed: ", StringComparison.Ordinal));
            if (!asItsProcess && !wasKilled)
                throw new InvalidOperationException(
                    $"{string.Join(' ', command)}: exit {exit}{(mine.IsKilled ? " (container killed)" : "")}: {said}");
            while (exit == 255 && victim == mine && Volatile.Read(ref todo) > 0)
                Thread.Sleep(1);
        }
    }

    private void KillUntilDone(Random random, string container)
    {
        while (Volatile.Read(ref todo) > 0)
        {
            Thread.Sleep(random.Next(60));
            Victim old = victim;
            if (random.Next(2) == 0)
                victim = Start(container);
            Remove(old, random);
            if (victim == old)
                victim = Start(container);
        }
    }

    /// <summary>Its init is killed, or all of it by delete; whatever still tries to exec in it.</summary>
    private void Remove(Victim old, Random random)
    {
        old.IsKilled = true;
        if (random.Next(2) == 0)
            Sys.TryKill(old.Pid, 9);
        Must("delete", "--force", old.Id);
        Child.Reap(old.Pid);
    }

    private Victim Start(string container)
    {
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        if (container == "with mapped users")
            bundle.MapsUsers().WithoutSysfs();
        else if (container == "with the host's PIDs")
            bundle.WithoutNamespace("pid");
        string id = $"victim-{++containers}", pidFile = Path.Combine(bundle.Path, "pid");
        Must("run", "--detach", "--bundle", bundle.Write().Path, "--pid-file", pidFile, id);
        return new(id, int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture));
    }

    private void Must(params string[] command)
    {
        string errors = Path.Combine(runtime.Work, "must.err");
        int exit = Child.Start(runtime.Command(command), errors: errors).Wait(Limit);
        if (exit != 0)
            throw new InvalidOperationException($"{string.Join(' ', command)}: exit {exit}: {File.ReadAllText(errors)}");
    }

    private void Guarded(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e)
        {
            Volatile.Write(ref todo, 0);
            lock (failures)
                failures.Add(e.Message);
        }
    }

    private sealed class Victim(string id, int pid)
    {
        public string Id => id;

        public int Pid => pid;

        /// <summary>Set before it happens: what comes out of an exec may be its death from then on.</summary>
        public volatile bool IsKilled;
    }
}
