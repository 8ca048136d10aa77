using System;
using System.IO;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.State;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.State;

internal sealed class ContainerStoreTests
{
    private static readonly ContainerId Id = ContainerId.Parse("web");

    private TemporaryDirectory root = null!;
    private RuntimeContext context = null!;

    private ContainerStore Store => new(context);

    [SetUp]
    public void Begin()
    {
        root = new TemporaryDirectory();
        context = new RuntimeContext { Root = root["deep/root"], Log = NullLogger.Instance };
    }

    [TearDown]
    public void End() => root.Dispose();

    [Test]
    public void The_root_is_made_on_demand_and_only_for_us()
    {
        using ContainerDirectory made = Store.Create(Id);
        Assert.That((int)File.GetUnixFileMode(context.Root), Is.EqualTo(Convert.ToInt32("700", 8)));
        Assert.That((int)File.GetUnixFileMode(root["deep/root/web"]), Is.EqualTo(Convert.ToInt32("711", 8)));
    }

    [Test]
    public void A_root_in_the_users_runtime_directory_is_sticky()
    {
        context = new RuntimeContext { Root = root["run"], RootIsRuntimeDir = true, Log = NullLogger.Instance };
        using ContainerDirectory made = Store.Create(Id);
        Assert.That((int)File.GetUnixFileMode(root["run"]), Is.EqualTo(Convert.ToInt32("1700", 8)));
    }

    [Test]
    public void An_id_is_unique()
    {
        using ContainerDirectory made = Store.Create(Id);
        Assert.That(() => Store.Create(Id), Throws.TypeOf<ContainerException>()
            .With.Message.EqualTo("container with given ID already exists"));
    }

    [Test]
    public void A_planted_link_is_refused_and_not_followed()
    {
        Directory.CreateDirectory(context.Root);
        Directory.CreateDirectory(root["elsewhere"]);
        File.CreateSymbolicLink(context.Root + "/web", root["elsewhere"]);
        Assert.That(() => Store.Create(Id), Throws.TypeOf<ContainerException>());
        Assert.That(() => Store.Open(Id), Throws.TypeOf<ContainerException>());
        Assert.That(() => Delete.Run(context, "web", force: true), Throws.TypeOf<ContainerException>());
        Assert.That(Directory.GetFileSystemEntries(root["elsewhere"]), Is.Empty);
    }

    [Test]
    public void What_is_missing_does_not_exist()
        => Assert.That(() => Store.Open(Id), Throws.InstanceOf<ContainerException>().With.Message.EqualTo("container does not exist"));

    [Test]
    public void A_state_is_replaced_whole()
    {
        using ContainerDirectory made = Store.Create(Id);
        made.WriteState(new ContainerState { Id = "web", InitPid = 1 });
        made.WriteState(new ContainerState { Id = "web", InitPid = 2 });
        Assert.That(made.ReadState().InitPid, Is.EqualTo(2));
        Assert.That(Directory.GetFiles(made.Path), Is.EqualTo(new[] { made.Path + "/state.json" }));
    }

    [Test]
    public void The_lock_excludes_and_is_let_go()
    {
        using ContainerDirectory made = Store.Create(Id);
        ContainerLock first = made.Lock();
        using ContainerDirectory other = Store.Open(Id);
        Task<ContainerLock> second = Task.Run(other.Lock);
        Assert.That(second.Wait(50), Is.False);
        first.Dispose();
        first.Dispose(); // start lets go before hooks run, and its using does again
        using ContainerLock got = second.Result;
    }

    [Test]
    public void Who_waited_for_the_lock_of_a_deleted_container_gets_none()
    {
        using ContainerDirectory made = Store.Create(Id);
        using ContainerDirectory waiter = Store.Open(Id);
        Task<ContainerLock> waiting;
        using (made.Lock())
        {
            waiting = Task.Run(waiter.Lock);
            Assert.That(waiting.Wait(50), Is.False);
            made.Remove();
            using ContainerDirectory again = Store.Create(Id); // another container with the same name
        }
        Assert.That(() => waiting.GetAwaiter().GetResult(), Throws.TypeOf<ContainerGoneException>());
    }

    [Test]
    public void Removing_leaves_nothing()
    {
        using ContainerDirectory made = Store.Create(Id);
        made.WriteState(new ContainerState { Id = "web" });
        using (made.Lock())
            made.Remove();
        Assert.That(Directory.GetFileSystemEntries(context.Root), Is.Empty);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void What_a_killed_create_left_without_a_state_is_removed(bool force)
    {
        using (ContainerDirectory made = Store.Create(Id))
        using (made.Lock())
            File.WriteAllText(made.Path + "/.state.json", "{\"shar");
        if (force)
            Delete.Run(context, "web", force);
        else
            Assert.That(() => Delete.Run(context, "web", force), Throws.TypeOf<ContainerGoneException>());
        Assert.That(Directory.GetFileSystemEntries(context.Root), Is.Empty);
    }

    [Test]
    public void A_directory_of_another_runtime_is_left_alone()
    {
        Directory.CreateDirectory(context.Root + "/web");
        File.WriteAllText(context.Root + "/web/status", "{}");
        Assert.That(() => Delete.Run(context, "web", force: true), Throws.TypeOf<ContainerException>());
        File.WriteAllText(context.Root + "/web/state.json", """{"id":"web"}""");
        Assert.That(() => Delete.Run(context, "web", force: true), Throws.TypeOf<ContainerException>());
        Assert.That(() => QueryState.Run(context, "web"), Throws.TypeOf<ContainerException>());
        Assert.That(File.Exists(context.Root + "/web/status"), Is.True);
    }
}
