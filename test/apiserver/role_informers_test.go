package apiserver_test

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// inform starts informers that stream their lists.
func (c *controller) inform(ctx context.Context) error {
	meta, err := metadata.NewForConfig(c.config)
	if err != nil {
		return err
	}
	work := informers.NewSharedInformerFactoryWithOptions(c.client, 0, informers.WithNamespace(c.work())).Core().V1()
	everywhere := informers.NewSharedInformerFactory(c.client, 0).Core().V1()
	one := informers.NewSharedInformerFactoryWithOptions(c.client, 0, informers.WithNamespace(c.home()),
		informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.FieldSelector = "metadata.name=credentials" })).Core().V1()
	secrets := metadatainformer.NewFilteredMetadataInformer(meta, corev1.SchemeGroupVersion.WithResource("secrets"), c.work(), 0, cache.Indexers{}, nil)
	rollouts := dynamicinformer.NewFilteredDynamicInformer(c.dynamic, rolloutsResource, c.work(), 0, cache.Indexers{}, nil)
	return c.sync(ctx, map[string]cache.SharedIndexInformer{
		"/api/v1/namespaces/" + c.work() + "/pods":                  work.Pods().Informer(),
		"/api/v1/namespaces/" + c.work() + "/configmaps":            work.ConfigMaps().Informer(),
		"/api/v1/namespaces/" + c.work() + "/secrets":               secrets.Informer(),
		"/api/v1/namespaces/" + c.home() + "/secrets":               one.Secrets().Informer(),
		"/apis/example.com/v1/namespaces/" + c.work() + "/rollouts": rollouts.Informer(),
		"/api/v1/nodes":      everywhere.Nodes().Informer(),
		"/api/v1/namespaces": everywhere.Namespaces().Informer(),
	})
}

// lists is a client of a server that does not stream lists.
type lists struct{ *cache.ListWatch }

func (lists) IsWatchListSemanticsUnSupported() bool { return true }

// informByList starts informers that list and then watch.
func (c *controller) informByList(ctx context.Context) error {
	client := c.client.CoreV1().RESTClient()
	one := fields.OneTermEqualSelector("metadata.name", "settings")
	services := cache.NewListWatchFromClient(client, "services", c.work(), fields.Everything())
	settings := cache.NewListWatchFromClient(client, "configmaps", c.home(), one)
	return c.sync(ctx, map[string]cache.SharedIndexInformer{
		"/api/v1/namespaces/" + c.work() + "/services":   cache.NewSharedIndexInformer(lists{services}, &corev1.Service{}, 0, nil),
		"/api/v1/namespaces/" + c.home() + "/configmaps": cache.NewSharedIndexInformer(lists{settings}, &corev1.ConfigMap{}, 0, nil),
	})
}

// sync runs informers until they have all objects and watch them.
func (c *controller) sync(ctx context.Context, byPath map[string]cache.SharedIndexInformer) error {
	all, ctx := errgroup.WithContext(ctx)
	for path, informer := range byPath {
		all.Go(func() error {
			return during(ctx, informer.RunWithContext, func(ctx context.Context) error {
				select {
				case <-ctx.Done():
					return fmt.Errorf("the informer of %s did not sync: %w", path, ctx.Err())
				case <-informer.HasSyncedChecker().Done():
					return c.await(ctx, "WATCH "+path)
				}
			})
		})
	}
	return all.Wait()
}

// watchOldWay watches an object by the path that is deprecated.
func (c *controller) watchOldWay(ctx context.Context) error {
	path := "/api/v1/watch/namespaces/" + c.home() + "/services/old"
	answer, err := c.client.CoreV1().RESTClient().Get().AbsPath(path).Stream(ctx)
	if err != nil {
		return err
	}
	return answer.Close()
}

// elect becomes the leader and stays it once.
func (c *controller) elect(ctx context.Context) error {
	lock, err := resourcelock.New(resourcelock.LeasesResourceLock, c.home(), "operator.example.com", c.client.CoreV1(), c.client.CoordinationV1(),
		resourcelock.ResourceLockConfig{Identity: "operator-" + rand.String(5)})
	if err != nil {
		return err
	}
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: lock, LeaseDuration: 15 * time.Second, RenewDeadline: 10 * time.Second, RetryPeriod: 10 * time.Millisecond, ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{OnStartedLeading: func(context.Context) {}, OnStoppedLeading: func() {}},
	})
	if err != nil {
		return err
	}
	return during(ctx, elector.Run, func(ctx context.Context) error {
		return c.await(ctx, "PUT /apis/coordination.k8s.io/v1/namespaces/"+c.home()+"/leases/operator.example.com")
	})
}
