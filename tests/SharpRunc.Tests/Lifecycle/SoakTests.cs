using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>Many containers, one after the other and at once: no hang, no leak. `make soak` sets SOAK to do more.</summary>
internal sealed class SoakTests
{
    private static readonly int Runs = Times(60, 2000), Cycles = Times(20, 200);

    private const int AtOnce = 10;

    [Test]
    public void Many_runs_one_after_the_other()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        int descriptors = Descriptors;
        for (int i = 0; i < Runs; i++)
            runtime.Run("run", "--bundle", bundle.Path, "again").Expect(0);
        Assert.That(Descriptors, Is.EqualTo(descriptors), "of this process");
    }

    [Test]
    public void Many_containers_created_started_killed_and_deleted_ten_at_once()
    {
        using Runtime runtime = Runtime.Create();
        for (int done = 0; done < Cycles; done += AtOnce)
        {
            List<Thread> threads = [];
            List<Exception> failures = [];
            for (int i = 0; i < AtOnce; i++)
            {
                Bundle bundle = runtime.NewBundle("sleep", "1000");
                string id = $"soak-{done + i}";
                Thread thread = new(() =>
                {
                    try
                    {
                        Cycle(runtime, bundle, id);
                    }
                    catch (Exception e)
                    {
                        lock (failures)
                            failures.Add(e);
                    }
                });
                threads.Add(thread);
                thread.Start();
            }
            foreach (Thread thread in threads)
                thread.Join();
            Assert.That(failures, Is.Empty);
        }
    }

    private static void Cycle(Runtime runtime, Bundle bundle, string id)
    {
        string pidFile = Path.Combine(bundle.Path, "pid");
        foreach (string[] command in new string[][] { ["create", "--bundle", bundle.Path, "--pid-file", pidFile, id], ["start", id],
            ["kill", id, "KILL"], ["delete", id] })
        {
            string errors = Path.Combine(bundle.Path, "errors");
            int exit = Child.Start(runtime.Command(command), errors: errors).Wait(TimeSpan.FromSeconds(60));
            if (exit != 0)
                throw new InvalidOperationException($"{string.Join(' ', command)}: exit {exit}: {File.ReadAllText(errors)}");
            if (command[0] == "kill")
                Runtime.WaitForEnd(int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture));
        }
    }

    private static int Descriptors => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    private static int Times(int usual, int soak) => Environment.GetEnvironmentVariable("SOAK") is null ? usual : soak;
}
