using System.Collections.Generic;

namespace SharpRunc.Benchmarks;

/// <summary>Containers that sleep, made by all of the runtimes in turn, so that each is among the others' as well as its own.</summary>
internal sealed class Population(Sleepers sleepers)
{
    private readonly List<(Candidate Owner, string Id)> alive = [];

    public int Count => alive.Count;

    public void Grow(IReadOnlyList<Candidate> owners, int count)
    {
        while (alive.Count < count)
            Add(owners[alive.Count % owners.Count]);
    }

    public void Add(Candidate owner) => alive.Add((owner, sleepers.Start(owner, $"crowd-{alive.Count}")));

    public void Clear()
    {
        foreach ((Candidate owner, string id) in alive)
            owner.Remove(id);
        alive.Clear();
    }
}
