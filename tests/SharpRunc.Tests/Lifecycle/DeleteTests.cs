using System;
using System.Globalization;
using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

internal sealed class DeleteTests
{
    [Test]
    [Must("delete.not-stopped")]
    public void A_running_container_is_not_deleted()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, runtime.NewBundle("sleep", "100"));
        runtime.Run("start", id).Expect(0);
        runtime.Run("delete", id).Expect(1);
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
        Assert.That(runtime.Pid(id), Is.EqualTo(pid));
    }

    [Test]
    public void A_running_container_is_killed_and_deleted_by_force()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.CreateContainer(id, runtime.NewBundle("sleep", "100"));
        runtime.Run("start", id).Expect(0);
        runtime.Run("delete", "-f", id).Expect(0);
        runtime.Run("state", id).ExpectError("container does not exist");
    }

    [Test]
    [Must("delete.resources"), Must("lifecycle.destroyed")]
    public void All_its_processes_go_with_it()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sh", "-c", "sleep 100 & sleep 100 & touch /ready; wait");
        runtime.CreateContainer(id, bundle);
        runtime.Run("start", id).Expect(0);
        while (!File.Exists(Path.Combine(bundle.Rootfs, "ready")))
            System.Threading.Thread.Sleep(5);
        runtime.Run("delete", "--force", id).Expect(0);
    }

    [Test]
    public void An_id_can_be_used_again_after_delete()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        string id = Runtime.NewId();
        for (int i = 0; i < 3; i++)
        {
            int pid = runtime.CreateContainer(id, bundle);
            runtime.Run("start", id).Expect(0);
            Runtime.WaitForEnd(pid);
            runtime.Run("delete", id).Expect(0);
        }
    }

    [Test]
    public void Keep_leaves_the_state_of_a_container_that_ran()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.Run("run", "--keep", "--bundle", runtime.NewBundle("true").Path, id).Expect(0);
        Assert.That(runtime.Status(id), Is.EqualTo("stopped"));
        runtime.Run("delete", id).Expect(0);
    }

    [Test]
    public void An_init_that_waits_for_a_zombie_is_told_with_the_zombie_and_who_must_reap_it()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), pidFile = Path.Combine(runtime.Work, "exec.pid");
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        runtime.Run("exec", "--detach", "--pid-file", pidFile, id, "sleep", "1000").Expect(0);
        int zombie = int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture);
        try
        {
            runtime.Run("delete", "--force", id)
                .ExpectError($"container init still running: "
                    + $"process {zombie} of the container has ended, but its parent, process {Environment.ProcessId} (");
        }
        finally
        {
            Child.Reap(zombie);
        }
        runtime.Run("delete", "--force", id).Expect(0);
    }
}
